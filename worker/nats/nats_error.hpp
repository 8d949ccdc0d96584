#pragma once

#include <stdexcept>
#include <string>

namespace tug::worker {

/// What a call of NATS failed with.
class nats_error : public std::runtime_error {
public:
    enum class kind {
        unavailable, ///< The server does not answer: it may have done it.
        conflict,    ///< What is there is not what was expected.
        not_found,
        refused, ///< By the server, which will refuse it again.
    };

    nats_error(kind what, const std::string& text) : std::runtime_error(text), kind_(what) {}

    [[nodiscard]] kind what_kind() const noexcept { return kind_; }

private:
    kind kind_;
};

} // namespace tug::worker
