#pragma once

#include "mutated_frames/frame_maker.hpp"

#include "tug/proto/envelope.hpp"
#include "tug/proto/frame.hpp"
#include "tug/proto/json_reader.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace tug::torture {

/// One connection of a swarm, over a socket that does not block. Whatever it says, what it hears are frames within the
/// limits, messages of JSON-RPC, and errors by their names; and it comes to an end.
class visitor {
public:
    /// How it leaves when all is said.
    enum class leaving { half_close, close, reset };

    /// Connects. A visitor that `logs_in` does that before it says what the script has.
    visitor(const std::string& socket, script says, bool logs_in, leaving how, proto::json_reader& reader);
    ~visitor();
    visitor(const visitor&) = delete;
    visitor& operator=(const visitor&) = delete;

    [[nodiscard]] int native_handle() const noexcept { return fd_; }

    [[nodiscard]] bool wants_to_write() const noexcept { return written_ < out_.size(); }

    /// Reads and writes what can be. Throws std::runtime_error where the server does what it must not.
    void go_on(bool readable, bool writable);

    [[nodiscard]] bool is_done() const noexcept { return stage_ == stage::done; }

    [[nodiscard]] std::size_t answers() const noexcept { return answers_; }

    /// The last ping was answered: the server has taken every frame before it.
    [[nodiscard]] bool was_heard_out() const noexcept { return heard_out_; }

    [[nodiscard]] std::chrono::steady_clock::time_point began() const noexcept { return began_; }

    /// What it was to say, to try again.
    [[nodiscard]] const script& says() const noexcept { return says_; }

    [[nodiscard]] std::string state() const;

private:
    enum class stage { hello, login, talking, last_ping, leaving, done };

    void read();
    void write();
    void hear_envelope(std::string_view envelope);
    void hear_message(const proto::message& m, std::string_view envelope);
    void on_hello(const proto::message& m, std::string_view envelope);
    void talk();
    void leave();

    int fd_ = -1;
    script says_;
    bool logs_in_;
    leaving how_;
    proto::json_reader& reader_;
    proto::frame_decoder decoder_;
    stage stage_ = stage::hello;
    std::string out_;
    std::size_t written_ = 0;
    std::size_t answers_ = 0;
    bool heard_out_ = false;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

} // namespace tug::torture
