#pragma once

#include <tug/proto/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::os {

/// Text that is wiped when it goes. Move-only.
class secret_text {
public:
    explicit secret_text(std::vector<char> text) noexcept : text_(std::move(text)) {}

    secret_text(secret_text&&) noexcept = default; // a vector that was moved from holds nothing
    secret_text& operator=(secret_text&&) = delete;
    ~secret_text();

    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

private:
    std::vector<char> text_;
};

/// The most that a file of secrets may have, in bytes.
inline constexpr std::size_t max_private_file = 1024 * 1024;

/// Who but its owner may be able to read a file of secrets.
enum class secret_readers {
    none, ///< No other user, unless the file is on a mount that is read-only, as secrets of containers are.
    any,  ///< The caller says that it is meant.
};

/// Reads a file of secrets, of at most max_private_file bytes: a regular one, also behind symlinks, of this user or of
/// root, that no other user can write to, nor read unless `others` allows it; or a pipe that is reached by way of a
/// descriptor (`<(…)`, /dev/fd/N), which is read until its writer closes it. It is checked by the descriptor that it is
/// read from. Where it is none, a failure of `code` whose message is the path and what is wrong. Blocks, on a pipe for
/// as long as its writer takes; thread safe.
[[nodiscard]] proto::result<secret_text> read_private_file(const std::string& path, proto::errc code,
                                                           secret_readers others = secret_readers::none);

} // namespace tug::os
