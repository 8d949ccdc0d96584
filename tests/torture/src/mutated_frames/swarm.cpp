#include "mutated_frames/swarm.hpp"

#include "mutated_frames/visitor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tug::torture {

namespace {

/// How long the server may take for one visitor. What it promises is less than 5 s; a machine may be busy.
constexpr std::chrono::seconds patience{60};

proto::json_reader& reader() {
    static proto::json_reader instance;
    return instance;
}

/// Keeps what a visitor said, to try it again.
std::string kept(const visitor& v) {
    std::string name = "/tmp/tug-mutated-frames-XXXXXX";
    const int fd = ::mkstemp(name.data());
    if (fd < 0) return "nowhere";
    ::close(fd);
    std::ofstream(name, std::ios::binary) << v.says().bytes;
    return name;
}

} // namespace

swarm::swarm(swarm_task task) : task_(std::move(task)), maker_(task_.seed) {}

swarm::~swarm() = default;

/// New visitors in the place of those that are done. The frames are dealt out so that both totals come out.
void swarm::fill() {
    while (visitors_.size() < task_.at_once && (connections_ < task_.connections || frames_ < task_.frames)) {
        const auto connections_left =
            std::max<std::size_t>(task_.connections - std::min(task_.connections, connections_), 1);
        const auto frames_left = task_.frames - std::min(task_.frames, frames_);
        auto& random = maker_.random();
        const bool logs_in = !one_in(random, 16);
        // A stranger is heard once; what others do not use up is for those that log in.
        const auto share = std::max<std::size_t>(2 * frames_left / connections_left, 1);
        auto says = maker_.make(logs_in ? share : 1);
        const auto how = random() % 8;
        const auto leaving = how == 0   ? visitor::leaving::close
                             : how == 1 ? visitor::leaving::reset
                                        : visitor::leaving::half_close;
        frames_ += says.frames;
        ++connections_;
        visitors_.push_back(std::make_unique<visitor>(task_.socket, std::move(says), logs_in, leaving, reader()));
    }
}

void swarm::step() {
    std::vector<pollfd> waiting;
    waiting.reserve(visitors_.size());
    for (const auto& v : visitors_)
        waiting.push_back({v->native_handle(), static_cast<short>(v->wants_to_write() ? POLLIN | POLLOUT : POLLIN), 0});
    const int ready = ::poll(waiting.data(), waiting.size(), 1'000);
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        auto& v = *visitors_[i];
        try {
            v.go_on((waiting[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0, (waiting[i].revents & POLLOUT) != 0);
            if (now - v.began() > patience && !v.is_done()) throw std::runtime_error("no end came (" + v.state() + ")");
        } catch (const std::exception& e) {
            throw std::runtime_error(std::string(e.what()) + "; what was said is in " + kept(v));
        }
        if (!v.is_done()) continue;
        answers_ += v.answers();
        if (v.was_heard_out()) heard_out_ += v.says().frames;
    }
    std::erase_if(visitors_, [](const auto& v) { return v->is_done(); });
}

void swarm::run() {
    for (fill(); !visitors_.empty(); fill()) {
        if (std::chrono::steady_clock::now() > task_.until)
            throw std::runtime_error("time is up after " + std::to_string(frames_) + " frames");
        step();
    }
}

} // namespace tug::torture
