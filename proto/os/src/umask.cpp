#include "umask.hpp"

#include "tug/os/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace tug::os {

mode_t current_umask() {
    const unique_fd fd(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> text{};
    const auto n = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
    const std::string_view status(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    constexpr std::string_view label = "\nUmask:\t";
    const auto at = status.find(label);
    unsigned mask = 077;
    if (at == std::string_view::npos) return mask;
    const auto value = status.substr(at + label.size());
    std::from_chars(value.data(), value.data() + value.size(), mask, 8);
    return mask;
}

} // namespace tug::os
