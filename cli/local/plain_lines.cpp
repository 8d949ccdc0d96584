#include "line_source.hpp"

#include "report.hpp"

#include <tug/error.hpp>

#include <unistd.h>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

asio::awaitable<std::optional<std::string>> plain_lines::next(std::string prompt) {
    constexpr std::size_t longest = 1024 * 1024;
    prompt_ = std::move(prompt);
    if (prompts_) (void)write_all(STDERR_FILENO, prompt_);
    for (;;) {
        if (const auto end = buffer_.find('\n'); end != std::string::npos) {
            auto line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            co_return line;
        }
        if (buffer_.size() > longest) throw error(failure(errc::local_io, "a line has more than 1 MiB"));
        const auto piece = co_await read_piece(on_, input_, 4096);
        if (piece.empty()) co_return last();
        buffer_.append(piece.text());
    }
}

void plain_lines::interrupt() {
    if (prompts_) (void)write_all(STDERR_FILENO, "\n(exit leaves)\n" + prompt_);
}

/// A last line may lack its line end.
std::optional<std::string> plain_lines::last() {
    if (buffer_.empty()) return std::nullopt;
    return std::exchange(buffer_, std::string());
}

} // namespace tug::cli
