#include "browser.hpp"

#include "cli/local/local_program.hpp"
#include "cli/local/report.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <string_view>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli::console {

namespace {

constexpr std::string_view suffix = ".html";

std::string directory_of_user() {
    for (const auto* name : {"XDG_RUNTIME_DIR", "TMPDIR"})
        if (auto found = environment(name); found && found->starts_with('/')) return *found;
    return "/tmp";
}

/// The address has nothing that means anything in HTML.
std::string page_leading_to(const std::string& address) {
    return "<!doctype html><meta charset=\"utf-8\"><title>tug console</title>"
           "<meta http-equiv=\"refresh\" content=\"0;url=" +
           address + "\"><a href=\"" + address + "\">tug console</a>\n";
}

} // namespace

std::optional<address_file> address_file::make(const std::string& address) {
    auto path = directory_of_user() + "/tug-console-XXXXXX" + std::string(suffix);
    const int fd = ::mkostemps(path.data(), static_cast<int>(suffix.size()), O_CLOEXEC); // mode 0600
    if (fd < 0) return std::nullopt;
    address_file out(std::move(path));
    const bool written = write_all(fd, page_leading_to(address));
    if (::close(fd) != 0 || !written) return std::nullopt;
    return out;
}

address_file::address_file(address_file&& other) noexcept : path_(std::exchange(other.path_, {})) {}

address_file::~address_file() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

bool has_display() {
    for (const auto* name : {"WAYLAND_DISPLAY", "DISPLAY"})
        if (const auto found = environment(name); found && !found->empty()) return true;
    return false;
}

/// The shell starts it in the background, where an interrupt of the terminal does not reach it, and ends.
asio::awaitable<bool> open_in_browser(invocation& s, std::string path) {
    std::vector<std::string> arguments{std::move(path)};
    std::string script = "command -v xdg-open >/dev/null || exit 1; xdg-open \"$1\" >/dev/null 2>&1 &";
    co_return co_await run_program(s, std::move(script), std::move(arguments)) == 0;
}

} // namespace tug::cli::console
