# What Signpost is built on, from the distribution's packages (contrib/debian-packages.txt lists them).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(spdlog REQUIRED)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
find_library(UNISTRING_LIBRARY unistring REQUIRED)  # brings no .pc file; libidn2 loads it anyway

find_path(MILTER_INCLUDE_DIR libmilter/mfapi.h REQUIRED)
find_library(MILTER_LIBRARY milter REQUIRED)
add_library(milter_c INTERFACE)
target_include_directories(milter_c INTERFACE ${MILTER_INCLUDE_DIR})
target_link_libraries(milter_c INTERFACE ${MILTER_LIBRARY} Threads::Threads)

# Its pkg-config file wants packages that only a static library needs.
find_path(UNBOUND_INCLUDE_DIR unbound.h REQUIRED)
find_library(UNBOUND_LIBRARY unbound REQUIRED)
add_library(unbound_c INTERFACE)
target_include_directories(unbound_c INTERFACE ${UNBOUND_INCLUDE_DIR})
target_link_libraries(unbound_c INTERFACE ${UNBOUND_LIBRARY})

find_path(EXPECTED_INCLUDE_DIR tl/expected.hpp REQUIRED)
