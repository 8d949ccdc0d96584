#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tug::torture {

using random_source = std::mt19937_64;

/// True once in so many times.
inline bool one_in(random_source& random, std::uint64_t n) {
    return random() % n == 0;
}

/// What one connection says.
struct script {
    std::string bytes;
    std::size_t frames = 0;
    bool in_step = true; ///< Every header told the truth: the peer still knows where frames begin.
};

/// Makes frames that are nearly right: messages of the protocol and edge cases of JSON, changed a little, mostly in
/// headers that fit, so that the change is what is looked at.
class frame_maker {
public:
    explicit frame_maker(std::uint64_t seed);

    /// So many frames; fewer where one of them takes the peer out of step: nothing behind it would be read as frames.
    [[nodiscard]] script make(std::size_t frames);

    [[nodiscard]] random_source& random() noexcept { return random_; }

private:
    [[nodiscard]] const std::string& one_of(const std::vector<std::string>& texts);
    [[nodiscard]] std::string envelope(bool& with_body);
    void change(std::string& text);
    void change_bytes(std::string& text);
    void change_words(std::string& text);
    void append_frame(script& out);

    random_source random_;
    std::vector<std::string> messages_;
    std::vector<std::string> notes_;  ///< About streams.
    std::vector<std::string> starts_; ///< Messages that start a process: they are dear, so there are few.
    std::vector<std::string> cases_;
};

} // namespace tug::torture
