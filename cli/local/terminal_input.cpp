#include "terminal_input.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

shared_descriptor make_input_event() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw_local("no event descriptor can be made", errno);
    return std::make_shared<const descriptor>(fd);
}

/// Waits for the first of the two. False where it is `over`.
bool wait_for_input(int from, int over) {
    pollfd waiting[] = {{from, POLLIN, 0}, {over, POLLIN, 0}};
    while (::poll(waiting, 2, -1) < 0 && errno == EINTR) continue;
    return waiting[1].revents == 0;
}

ssize_t read_when_ready(int from, int over, std::span<std::byte> room) {
    for (;;) {
        if (!wait_for_input(from, over)) return 0;
        const auto n = ::read(from, room.data(), room.size());
        if (n >= 0 || (errno != EINTR && errno != EAGAIN)) return n;
    }
}

} // namespace

terminal_input::terminal_input(blocking_thread& on, shared_descriptor terminal)
    : on_(on), terminal_(std::move(terminal)), over_(make_input_event()) {}

terminal_input::~terminal_input() {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(over_->get(), &one, sizeof one));
}

asio::awaitable<chunk> terminal_input::read(std::size_t most) {
    struct outcome {
        chunk piece;
        int why = 0;
    };

    const auto out = std::make_shared<outcome>();
    std::function<void()> job = [out, from = terminal_, over = over_, most] {
        out->piece = chunk(most);
        const auto n = read_when_ready(from->get(), over->get(), out->piece.room());
        out->why = n < 0 ? errno : 0;
        if (n > 0) out->piece.commit(static_cast<std::size_t>(n));
    };
    co_await on_.run(std::move(job));
    if (out->why != 0 && out->why != EIO) throw_local("the terminal cannot be read", out->why); // EIO: it hung up
    co_return std::move(out->piece);
}

} // namespace tug::cli
