// A getaddrinfo(3) in front of that of the C library, by LD_PRELOAD: the look-up of NAME.hangs never ends. Each one
// that begins is a byte in the file that HANGING_NAMES names.

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace {

void note_one() {
    const char* const file = std::getenv("HANGING_NAMES");
    if (file == nullptr) return;
    const int fd = ::open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    if (::write(fd, "x", 1) != 1) ::abort();
    ::close(fd);
}

} // namespace

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): glibc's names are reserved
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
    const bool asks = hints == nullptr || (hints->ai_flags & AI_NUMERICHOST) == 0; // a name server
    if (asks && name != nullptr && std::string_view(name).ends_with(".hangs")) {
        note_one();
        for (;;) ::pause();
    }
    static const auto next = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return next(name, service, hints, found);
}
