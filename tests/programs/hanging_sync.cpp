// An fsync(2) in front of that of the C library, by LD_PRELOAD: in a holder, that of a directory whose name begins with
// no dot does not end. It waits there after it has given its job its name, and before the command runs.

#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace {

bool is_holder() {
    char name[16] = {};
    return ::prctl(PR_GET_NAME, &name[0], 0, 0, 0) == 0 && std::string_view(name) == "tug-job";
}

bool is_named_directory(int fd) {
    struct stat st{};
    if (::fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) return false;
    char path[4096];
    const auto size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
    const std::string_view name(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    return name.find("/.") == std::string_view::npos;
}

} // namespace

extern "C" int fsync(int fd) {
    if (is_holder() && is_named_directory(fd))
        for (;;) ::pause();
    static const auto next = reinterpret_cast<decltype(&fsync)>(::dlsym(RTLD_NEXT, "fsync"));
    return next(fd);
}
