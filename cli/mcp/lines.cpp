#include "lines.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli::mcp {

asio::awaitable<std::optional<line_reader::line>> line_reader::next() {
    for (;;) {
        const auto end = buffer_.find('\n', searched_);
        if (end != std::string::npos) {
            line out{buffer_.substr(0, end), std::exchange(dropping_, false)};
            buffer_.erase(0, end + 1);
            searched_ = 0;
            if (out.too_long) out.text.clear();
            co_return out;
        }
        searched_ = buffer_.size();
        if (dropping_ || buffer_.size() > longest_) {
            dropping_ = true;
            buffer_.clear();
            searched_ = 0;
        }
        const auto piece = co_await read_piece(on_, input_, std::size_t{64} << 10U);
        if (piece.empty()) co_return std::nullopt;
        buffer_.append(piece.text());
    }
}

line_writer::line_writer(blocking_thread& on, const asio::any_io_executor& executor)
    : on_(on), changed_(executor, asio::steady_timer::time_point::max()) {}

void line_writer::add(const std::string& line) {
    if (failed_ || closed_) return;
    queue_.append(line).append("\n");
    unwritten_ += line.size() + 1;
    changed_.cancel();
}

void line_writer::close() {
    closed_ = true;
    changed_.cancel();
}

asio::awaitable<void> line_writer::run() {
    while (!failed_) {
        if (queue_.empty()) {
            if (closed_) break;
            boost::system::error_code ec;
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            continue;
        }
        auto piece = chunk::copy_of(std::exchange(queue_, std::string()));
        const auto size = piece.size();
        const int why = co_await write_piece(on_, output_, std::move(piece));
        unwritten_ -= size;
        failed_ = why != 0;
        changed_.cancel();
    }
}

asio::awaitable<void> line_writer::drained(std::size_t most) {
    while (unwritten_ > most && !failed_) {
        boost::system::error_code ec;
        co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return;
    }
}

} // namespace tug::cli::mcp
