// The base of the redirector's figures: Boost.Beast answering every request with one and the same 302, in one
// thread, and nothing else. No token, no spool, no limits but a timeout.
//   bench_beast PORT LOCATION
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::string& location)
      : stream_(std::move(socket)), location_(location) {}

  void read() {
    request_ = {};
    stream_.expires_after(std::chrono::seconds(10));
    http::async_read(stream_, buffer_, request_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (!failed) self->write();
    });
  }

 private:
  void write() {
    response_.emplace(http::status::found, request_.version());
    response_->set(http::field::location, location_);
    response_->keep_alive(request_.keep_alive());
    response_->prepare_payload();
    http::async_write(stream_, *response_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (!failed && self->response_->keep_alive()) self->read();
    });
  }

  beast::tcp_stream stream_;
  const std::string& location_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  std::optional<http::response<http::empty_body>> response_;
};

void accept(tcp::acceptor& acceptor, const std::string& location) {
  acceptor.async_accept([&](error_code failed, tcp::socket socket) {
    if (!failed) {
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket), location)->read();
    }
    accept(acceptor, location);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_beast PORT LOCATION\n", stderr);
    return 64;
  }
  asio::io_context context(1);
  const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
  tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), port});
  const std::string location = argv[2];
  accept(acceptor, location);
  context.run();
}
