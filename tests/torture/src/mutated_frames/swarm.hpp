#pragma once

#include "mutated_frames/frame_maker.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace tug::torture {

class visitor;

/// What a swarm is to do.
struct swarm_task {
    std::string socket; ///< The path of the Unix socket of a tugd with the key of the tests.
    std::size_t connections = 0;
    std::size_t frames = 0;
    std::size_t at_once = 48;
    std::uint64_t seed = 1;
    std::chrono::steady_clock::time_point until; ///< When to give up.
};

/// Clients that say what a frame_maker makes, many at once, in one thread. Each checks all that it hears, and that the
/// server ends the connection or answers a last ping.
class swarm {
public:
    explicit swarm(swarm_task task);
    ~swarm();
    swarm(const swarm&) = delete;
    swarm& operator=(const swarm&) = delete;

    /// Until all have been, or one was treated wrongly, or time is up. Throws std::runtime_error that says what
    /// happened.
    void run();

    [[nodiscard]] std::size_t frames() const noexcept { return frames_; }

    [[nodiscard]] std::size_t connections() const noexcept { return connections_; }

    [[nodiscard]] std::size_t answers() const noexcept { return answers_; }

    /// Of the frames, those of connections that the server took to their end; others it ended for what they said.
    [[nodiscard]] std::size_t frames_heard_out() const noexcept { return heard_out_; }

private:
    void fill();
    void step();

    swarm_task task_;
    frame_maker maker_;
    std::vector<std::unique_ptr<visitor>> visitors_;
    std::size_t frames_ = 0;
    std::size_t connections_ = 0;
    std::size_t answers_ = 0;
    std::size_t heard_out_ = 0;
};

} // namespace tug::torture
