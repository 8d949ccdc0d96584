#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tug::bench {

/// How calls look on a connection. Every call has a slot, 0 … depth-1, and is repeated as soon as it is answered; its
/// bytes never change. `turn` counts what a connection has answered.
///
/// rpc.ping of tugd: the request and the answer of each slot are made once; an answer is right when it has those very
/// bytes, which is all the checking that costs no time.
class tug_wire {
public:
    tug_wire(std::size_t depth, std::size_t payload);

    void append_request(std::string& out, std::size_t slot) const { out += requests_[slot]; }

    /// Calls on_answer(slot) for each whole answer in `in`, returns how many bytes those were. Throws
    /// std::runtime_error where an answer is not the right one.
    template <class F>
    std::size_t consume(std::string_view in, std::uint64_t&, F on_answer) const {
        std::size_t used = 0;
        for (; in.size() - used >= size_; used += size_) {
            const auto frame = in.substr(used, size_);
            const auto slot = slot_of(frame);
            if (frame != answers_[slot]) wrong(frame);
            on_answer(slot);
        }
        // A frame of another size would be waited for in vain.
        const auto rest = std::min<std::size_t>(in.size() - used, header_size);
        if (in.substr(used, rest) != std::string_view(answers_[0]).substr(0, rest)) wrong(in.substr(used));
        return used;
    }

private:
    static constexpr std::size_t header_size = 8;

    [[nodiscard]] std::size_t slot_of(std::string_view frame) const;
    [[noreturn]] static void wrong(std::string_view frame);

    std::vector<std::string> requests_;
    std::vector<std::string> answers_;
    std::size_t size_ = 0;  ///< Of every answer.
    std::size_t id_at_ = 0; ///< Where the id is in it.
};

/// The limit: `payload` bytes that come back, without any framing and in order.
class raw_wire {
public:
    raw_wire(std::size_t depth, std::size_t payload) : depth_(depth), message_(payload, 'x') {}

    void append_request(std::string& out, std::size_t) const { out += message_; }

    template <class F>
    std::size_t consume(std::string_view in, std::uint64_t& turn, F on_answer) const {
        std::size_t used = 0;
        for (; in.size() - used >= message_.size(); used += message_.size()) on_answer(turn++ % depth_);
        return used;
    }

private:
    std::size_t depth_;
    std::string message_;
};

} // namespace tug::bench
