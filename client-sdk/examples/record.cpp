// Runs a command in a terminal, shows what it shows, and records it in the format asciicast v2: `asciinema play FILE`.
//
//     record HOST:PORT FILE PROGRAM [ARGUMENT…]

#include <tug/os/standard_streams.hpp>
#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Writes the header, and then a line for each piece. A character that is cut by the end of a piece waits for the rest.
class asciicast {
public:
    asciicast(const std::string& file, const tug::terminal& size) : out_(file) {
        out_.exceptions(std::ios::failbit | std::ios::badbit);
        const json::object header{{"version", 2},
                                  {"width", size.cols()},
                                  {"height", size.rows()},
                                  {"timestamp", std::time(nullptr)},
                                  {"env", {{"TERM", size.term()}}}};
        out_ << json::serialize(header) << '\n';
    }

    void show(std::string_view piece) {
        text_ += piece;
        const auto whole = text_.size() - cut_character();
        if (whole == 0) return;
        const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begun_;
        out_ << '[' << since.count() << ", \"o\", " << json::serialize(json::string(text_.substr(0, whole))) << "]\n";
        text_.erase(0, whole);
    }

private:
    /// How many bytes at the end of the text begin a character of UTF-8 that is longer.
    [[nodiscard]] std::size_t cut_character() const {
        for (std::size_t n = 1; n <= 3 && n <= text_.size(); ++n) {
            const auto byte = static_cast<unsigned char>(text_[text_.size() - n]);
            if (byte < 0x80) return 0;
            if (byte >= 0xc0) return n < (byte >= 0xf0 ? 4U : byte >= 0xe0 ? 3U : 2U) ? n : 0;
        }
        return 0;
    }

    std::ofstream out_;
    std::string text_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// That of the terminal that we are in, if we are in one.
tug::terminal own_terminal() {
    winsize size{};
    const char* const term = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {24, 80};
    return {size.ws_row, size.ws_col, term != nullptr ? term : "xterm"};
}

asio::awaitable<void> record(std::string address, std::string file, std::vector<std::string> argv) {
    auto client = co_await tug::client::connect(std::move(address));
    const auto size = own_terminal();
    asciicast cast(file, size);
    auto process = co_await client.start(tug::command(std::move(argv)).terminal(size));
    for (;;) {
        const auto piece = co_await process.read();
        if (piece.end()) break;
        std::cout << piece.text() << std::flush;
        cast.show(piece.text());
    }
    const auto ended = co_await process.wait();
    std::cerr << "recorded " << ended.out_summary.bytes << " bytes\n";
    co_await client.close();
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    if (argc < 4) {
        std::cerr << "usage: record HOST:PORT FILE PROGRAM [ARGUMENT...]\n";
        return 2;
    }
    std::exception_ptr failed;
    asio::io_context io(1);
    asio::co_spawn(io, record(argv[1], argv[2], {argv + 3, argv + argc}), [&](std::exception_ptr e) { failed = e; });
    io.run();
    try {
        if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& e) {
        std::cerr << "record: " << e.what() << '\n';
        return 1;
    }
}
