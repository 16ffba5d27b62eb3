// The floor: what libmilter, one pass of SHA-256 over the body and one signature must cost. No
// canonicalization, no policy; the field it inserts is not a valid signature. Signpost is measured against it.
//
//   bench_floor SOCKET [KEY.pem]
//
// Without a key: libmilter alone.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <libmilter/mfapi.h>

#include "base/crypto.h"
#include "base/encoding.h"

namespace {

using namespace signpost;

base::PrivateKey* key = nullptr;

base::Sha256* hash_of(SMFICTX* context) {
  auto* hash = static_cast<base::Sha256*>(smfi_getpriv(context));
  if (hash == nullptr) {
    hash = new base::Sha256;
    smfi_setpriv(context, hash);
  }
  return hash;
}

sfsistat on_connect(SMFICTX*, char*, _SOCK_ADDR*) {
  return SMFIS_NOREPLY;
}
sfsistat on_helo(SMFICTX*, char*) {
  return SMFIS_NOREPLY;
}
sfsistat on_mail(SMFICTX*, char**) {
  return SMFIS_NOREPLY;
}
sfsistat on_rcpt(SMFICTX*, char**) {
  return SMFIS_CONTINUE;
}
sfsistat on_header(SMFICTX*, char*, char*) {
  return SMFIS_NOREPLY;
}
sfsistat on_end_of_headers(SMFICTX*) {
  return SMFIS_NOREPLY;
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, std::size_t size) {
  if (key != nullptr) hash_of(context)->update({reinterpret_cast<const char*>(bytes), size});
  return SMFIS_NOREPLY;
}

sfsistat on_end_of_message(SMFICTX* context) {
  if (key == nullptr) return SMFIS_ACCEPT;
  const auto signature = key->sign_digest(hash_of(context)->finish());
  if (!signature) return SMFIS_TEMPFAIL;
  std::string value = " v=1; a=rsa-sha256; d=example.com; s=floor; b=" + base::encode_base64(*signature);
  std::string name = "DKIM-Signature";
  return smfi_insheader(context, 0, name.data(), value.data()) == MI_SUCCESS ? SMFIS_ACCEPT : SMFIS_TEMPFAIL;
}

sfsistat on_close(SMFICTX* context) {
  delete static_cast<base::Sha256*>(smfi_getpriv(context));
  smfi_setpriv(context, nullptr);
  return SMFIS_CONTINUE;
}

sfsistat on_negotiate(SMFICTX*, unsigned long, unsigned long offered, unsigned long, unsigned long,
                      unsigned long* actions, unsigned long* steps, unsigned long* rest_2,
                      unsigned long* rest_3) {
  *actions = SMFIF_ADDHDRS;
  *steps = offered & (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NODATA | SMFIP_NR_HDR |
                      SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NOUNKNOWN | SMFIP_HDR_LEADSPC);
  *rest_2 = 0;
  *rest_3 = 0;
  return SMFIS_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fputs("usage: bench_floor SOCKET [KEY.pem]\n", stderr);
    return 64;
  }
  base::Result<base::PrivateKey> parsed = base::invalid("no key is given");
  if (argc == 3) {
    std::ifstream file(argv[2]);
    const std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    parsed = base::PrivateKey::parse_pem(pem);
    if (!parsed) {
      std::fprintf(stderr, "bench_floor: %s\n", parsed.error().text.c_str());
      return 65;
    }
    key = &*parsed;
  }
  smfiDesc description{};
  std::string name = "floor";
  description.xxfi_name = name.data();
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags = SMFIF_ADDHDRS;
  description.xxfi_connect = on_connect;
  description.xxfi_helo = on_helo;
  description.xxfi_envfrom = on_mail;
  description.xxfi_envrcpt = on_rcpt;
  description.xxfi_header = on_header;
  description.xxfi_eoh = on_end_of_headers;
  description.xxfi_body = on_body;
  description.xxfi_eom = on_end_of_message;
  description.xxfi_close = on_close;
  description.xxfi_negotiate = on_negotiate;
  if (smfi_setconn(argv[1]) != MI_SUCCESS || smfi_register(description) != MI_SUCCESS ||
      smfi_opensocket(1) != MI_SUCCESS) {
    std::fprintf(stderr, "bench_floor: cannot listen on %s\n", argv[1]);
    return 69;
  }
  return smfi_main() == MI_SUCCESS ? 0 : 70;
}
