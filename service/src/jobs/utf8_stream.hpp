#pragma once

#include <string>
#include <string_view>

namespace tug::service {

/// Text out of bytes that come in pieces: a character that is cut by the end of a piece comes with the next one, and
/// what is no UTF-8 becomes U+FFFD. Thread safety: none.
class utf8_stream {
public:
    [[nodiscard]] std::string take(std::string_view bytes);

    /// What was kept back and is no character any more, as nothing follows.
    [[nodiscard]] std::string finish();

private:
    std::string cut_; ///< The beginning of a character.
};

} // namespace tug::service
