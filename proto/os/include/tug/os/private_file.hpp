#pragma once

#include <tug/proto/error.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tug::os {

/// Text that is wiped when it goes. Move-only.
class secret_text {
public:
    /// The first `size` bytes at `text`.
    secret_text(std::unique_ptr<char[]> text, std::size_t size) noexcept : text_(std::move(text)), size_(size) {}

    secret_text(secret_text&& from) noexcept : text_(std::move(from.text_)), size_(std::exchange(from.size_, 0)) {}

    secret_text& operator=(secret_text&&) = delete;
    ~secret_text();

    [[nodiscard]] std::string_view view() const noexcept { return {text_.get(), size_}; }

private:
    std::unique_ptr<char[]> text_;
    std::size_t size_;
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
