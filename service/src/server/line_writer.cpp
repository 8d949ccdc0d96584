#include "server/line_writer.hpp"

#include <tug/os/errno.hpp>

#include <tug/net/blocked_signals.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace tug::service {

namespace {

using clock = std::chrono::steady_clock;

/// How long a reader that does not read may hold up the end.
constexpr auto last_timeout = std::chrono::seconds(1);

/// How often a wait for a reader looks whether the end has come.
constexpr int look_every_ms = 100;

} // namespace

proto::result<std::shared_ptr<const line_writer::target>> line_writer::open_target(const std::string& name) {
    auto to = std::make_shared<target>();
    if (name == "stderr") {
        to->fd = STDERR_FILENO;
    } else if (name == "-") {
        to->fd = STDOUT_FILENO;
    } else {
        // Without O_NONBLOCK a fifo without a reader would hold up the start.
        to->own.reset(
            ::open(name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600));
        to->fd = to->own.get();
    }
    if (to->fd < 0) {
        const int err = errno;
        proto::failure why(proto::errc::io_error, "the audit file " + name + " cannot be opened: " +
                                                      (err == ELOOP ? "it is a symlink" : std::strerror(err)));
        why.os_error = os::errno_name(err);
        return why;
    }
    return std::shared_ptr<const target>(std::move(to));
}

proto::result<std::unique_ptr<line_writer>> line_writer::open(const std::string& name, loss_listener listener) {
    auto to = open_target(name);
    if (!to) return to.error();
    return std::unique_ptr<line_writer>(new line_writer(name, std::move(*to), std::move(listener)));
}

line_writer::line_writer(std::string name, std::shared_ptr<const target> to, loss_listener listener)
    : name_(std::move(name)), listener_(std::move(listener)), target_(std::move(to)) {
    const net::blocked_signals inherited;
    thread_ = std::thread([this] { run(); });
}

line_writer::~line_writer() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        give_up_ = clock::now() + last_timeout;
    }
    added_.notify_one();
    thread_.join();
}

void line_writer::add(std::string line) {
    line += '\n';
    {
        const std::lock_guard lock(mutex_);
        if (waiting_bytes_ + line.size() > most_waiting) {
            ++lost_;
            return; // the thread is at work on those before, and will tell
        }
        waiting_bytes_ += line.size();
        waiting_.push_back(std::move(line));
        if (waiting_.size() > 1) return; // it was woken for the first one
    }
    added_.notify_one();
}

proto::result<bool> line_writer::reopen() {
    auto to = open_target(name_);
    if (!to) return to.error();
    const bool is_file = (*to)->own.get() >= 0;
    const std::lock_guard lock(mutex_);
    target_ = std::move(*to);
    return is_file;
}

bool line_writer::waits() const {
    const std::lock_guard lock(mutex_);
    return !waiting_.empty();
}

std::uint64_t line_writer::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

void line_writer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        added_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        // It stays in its place while it is written, so that add() finds a queue that is not empty.
        const std::string line = std::move(waiting_.front());
        lock.unlock();
        put(line);
        lock.lock();
        waiting_.pop_front();
        waiting_bytes_ -= line.size();
    }
}

/// Writes one line, or loses it.
void line_writer::put(const std::string& line) {
    const auto lost_before = lost();
    if (lost_before > told_ && !told_lost_) report(lost_before - told_, "they came faster than they are written");
    if (const int err = write_once(line)) {
        {
            const std::lock_guard lock(mutex_);
            ++lost_;
        }
        if (!told_lost_) report(1, std::strerror(err)); // NOLINT(concurrency-mt-unsafe): glibc's is
        return;
    }
    if (lost_before <= told_) return;
    if (write_once(R"({"event":"lost","lines":)" + std::to_string(lost_before - told_) + "}\n") != 0) return;
    told_ = lost_before;
    told_lost_ = false;
    if (listener_.resumed) listener_.resumed(lost_before);
}

/// Once until lines go out again.
void line_writer::report(std::uint64_t lost_now, const std::string& why) {
    told_lost_ = true;
    if (listener_.lost) listener_.lost(lost_now, why);
}

/// 0, or the errno for which it was not written.
int line_writer::write_once(const std::string& line) {
    std::shared_ptr<const target> to;
    {
        const std::lock_guard lock(mutex_);
        to = target_;
    }
    const std::string text = torn_ == to ? "\n" + line : line;
    for (;;) {
        if (!await_room(to->fd)) return EAGAIN;
        const auto n = ::write(to->fd, text.data(), text.size());
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) return errno;
        const bool whole = static_cast<std::size_t>(n) == text.size();
        torn_ = whole ? nullptr : to;
        return whole ? 0 : ENOSPC;
    }
}

/// Waits until something can be written. False where the end has come and the reader does not read. Files are always
/// ready.
bool line_writer::await_room(int fd) {
    for (int timeout = 0;; timeout = look_every_ms) {
        pollfd p{fd, POLLOUT, 0};
        const int ready = ::poll(&p, 1, timeout);
        if (ready != 0 && !(ready < 0 && errno == EINTR)) return true; // an error is found by the write
        std::unique_lock lock(mutex_);
        if (closing_ && clock::now() >= give_up_) return false;
        const auto lost_now = lost_;
        lock.unlock();
        if (lost_now > told_ && !told_lost_) report(lost_now - told_, "their reader does not read");
    }
}

} // namespace tug::service
