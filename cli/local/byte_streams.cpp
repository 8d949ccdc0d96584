#include "byte_streams.hpp"

#include "report.hpp"

#include <tug/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

descriptor::~descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
}

void throw_local(const std::string& what, int why) {
    failure f(errc::local_io, what + ": " + std::strerror(why));
    if (const char* name = ::strerrorname_np(why)) f.os_error = name;
    throw error(std::move(f));
}

asio::awaitable<shared_descriptor> open_file(blocking_thread& on, std::string path, int flags) {
    std::function<int()> open = [path, flags] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0666); };
    return open_by(on, std::move(path), std::move(open));
}

asio::awaitable<shared_descriptor> open_by(blocking_thread& on, std::string path, std::function<int()> open) {
    struct outcome {
        shared_descriptor opened;
        int why = 0;
    };

    const auto out = std::make_shared<outcome>();
    std::function<void()> job = [out, open] {
        const int fd = open();
        out->why = fd < 0 ? errno : 0;
        if (fd >= 0) out->opened = std::make_shared<const descriptor>(fd);
    };
    co_await on.run(std::move(job));
    if (out->why != 0) throw_local(quoted_name(path) + " cannot be opened", out->why);
    co_return out->opened;
}

bool never_waits(int fd) noexcept {
    struct stat found{};
    if (::fstat(fd, &found) != 0) return false;
    if (S_ISREG(found.st_mode)) return true;
    struct stat null{};
    return S_ISCHR(found.st_mode) && ::stat("/dev/null", &null) == 0 && found.st_rdev == null.st_rdev;
}

asio::awaitable<chunk> read_piece(blocking_thread& on, shared_descriptor from, std::size_t most) {
    struct outcome {
        chunk piece;
        int why = 0;
    };

    const auto out = std::make_shared<outcome>();
    std::function<void()> job = [out, from, most] {
        out->piece = chunk(most);
        const auto room = out->piece.room();
        ssize_t n = 0;
        while ((n = ::read(from->get(), room.data(), room.size())) < 0 && (errno == EINTR || errno == EAGAIN))
            if (errno == EAGAIN) wait_for(from->get(), POLLIN);
        out->why = n < 0 ? errno : 0;
        if (n > 0) out->piece.commit(static_cast<std::size_t>(n));
    };
    co_await on.run(std::move(job));
    if (out->why != 0) throw_local("the input cannot be read", out->why);
    co_return std::move(out->piece);
}

asio::awaitable<int> write_piece(blocking_thread& on, shared_descriptor to, chunk piece) {
    struct outcome {
        chunk piece;
        int why = 0;
    };

    const auto out = std::make_shared<outcome>();
    out->piece = std::move(piece);
    std::function<void()> job = [out, to] { out->why = write_all(to->get(), out->piece.text()) ? 0 : errno; };
    co_await on.run(std::move(job));
    co_return out->why;
}

asio::awaitable<chunk> descriptor_source::next(std::size_t most) {
    return read_piece(on_, from_, most);
}

asio::awaitable<void> descriptor_sink::write(chunk piece) {
    begun_ = true;
    const int why = co_await write_piece(on_, to_, std::move(piece));
    if (why != 0) throw_local("the output cannot be written", why);
}

} // namespace tug::cli
