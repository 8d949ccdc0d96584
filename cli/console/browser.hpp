#pragma once

#include "cli/hosts/invocation.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace tug::cli::console {

/// A file that leads a browser to an address, and that this user alone can read: the address is a secret, and every
/// user of the machine sees the words of a command line. It goes with this object.
class address_file {
public:
    /// In XDG_RUNTIME_DIR, else in TMPDIR, else in /tmp. Nothing where it cannot be written.
    [[nodiscard]] static std::optional<address_file> make(const std::string& address);

    address_file(address_file&& other) noexcept;
    address_file& operator=(address_file&&) = delete;
    ~address_file();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    explicit address_file(std::string path) : path_(std::move(path)) {}

    std::string path_; ///< Empty: moved from.
};

/// Whether there is a display that a browser can be seen on.
[[nodiscard]] bool has_display();

/// Has xdg-open open it, which goes on by itself. False where there is no xdg-open. Throws tug::error (local_io).
[[nodiscard]] boost::asio::awaitable<bool> open_in_browser(invocation& s, std::string path);

} // namespace tug::cli::console
