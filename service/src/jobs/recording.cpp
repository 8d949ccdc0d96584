#include "jobs/recording.hpp"

#include <tug/os/write_all.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

#include <utility>

namespace tug::service {

namespace {

/// Of what is told when the recording ends before the session does; there is always room for it.
constexpr std::size_t room_for_marker = 128;

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

recording::recording(std::string name, os::unique_fd file, std::string header, const settings& how,
                     net::blocking_pool& writers)
    : name_(std::move(name)),
      file_(std::move(file)),
      how_(how),
      writers_(writers),
      waiting_(std::move(header)),
      written_(waiting_.size()) {}

void recording::shown(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    event('o', shown_.take(text_of(bytes)));
}

void recording::typed(std::span<const std::byte> bytes) {
    if (!how_.with_input) return;
    const std::lock_guard lock(mutex_);
    event('i', typed_.take(text_of(bytes)));
}

void recording::resized(std::uint16_t rows, std::uint16_t cols) {
    const std::lock_guard lock(mutex_);
    event('r', fmt::format("{}x{}", cols, rows));
}

void recording::finish() {
    const std::lock_guard lock(mutex_);
    event('o', shown_.finish());
    if (how_.with_input) event('i', typed_.finish());
    add({}); // where nothing was ever shown, the header
}

void recording::event(char kind, std::string_view text) {
    if (text.empty() || ended_) return;
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begun_;
    const auto line = [&](char of, std::string_view what) {
        return fmt::format("[{:.6f}, \"{}\", {}]\n", since.count(), of,
                           boost::json::serialize(boost::json::string(what)));
    };
    auto next = line(kind, text);
    if (waiting_.size() + next.size() > most_waiting) {
        lossy_ = true;
        return;
    }
    if (std::exchange(lossy_, false)) next = line('m', "what came here is missing: the disk was too slow") + next;
    ended_ = written_ + next.size() + room_for_marker > how_.most_bytes;
    add(ended_ ? line('m', "the recording ends here: it has reached its limit") : std::move(next));
}

void recording::add(std::string line) {
    written_ += line.size();
    waiting_ += line;
    if (waiting_.empty() || self_) return; // the thread that writes will find it
    self_ = shared_from_this();
    writers_.post(*this);
}

void recording::run() noexcept {
    std::shared_ptr<recording> until_done;
    for (;;) {
        std::string text;
        {
            const std::lock_guard lock(mutex_);
            if (waiting_.empty()) {
                until_done = std::move(self_);
                return;
            }
            text = std::exchange(waiting_, {});
        }
        if (os::write_all(file_.get(), std::as_bytes(std::span(text))) == 0) continue;
        const std::lock_guard lock(mutex_);
        ended_ = true;
        waiting_.clear();
    }
}

} // namespace tug::service
