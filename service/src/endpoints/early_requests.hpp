#pragma once

#include "tug/service/call.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <bitset>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace tug::service {

using signal_set = std::bitset<_NSIG>;

/// Takes the signals for a command that is being started, and the sizes for its terminal. It gets them once it runs:
/// each kind of signal once, and the last size.
class early_requests {
public:
    struct kept_type {
        signal_set signals;
        std::optional<std::pair<std::uint16_t, std::uint16_t>> size; ///< Rows and columns.
    };

    early_requests(call& c, bool with_terminal) : call_(c) {
        call_.on_signal = [this](int number) -> answer {
            kept_.signals.set(static_cast<std::size_t>(number));
            return boost::json::value(boost::json::object());
        };
        if (!with_terminal) return;
        call_.on_resize = [this](std::uint16_t rows, std::uint16_t cols) -> answer {
            kept_.size.emplace(rows, cols);
            return boost::json::value(boost::json::object());
        };
    }

    early_requests(const early_requests&) = delete;
    early_requests& operator=(const early_requests&) = delete;

    ~early_requests() {
        call_.on_signal = nullptr;
        call_.on_resize = nullptr;
    }

    [[nodiscard]] const kept_type& kept() const noexcept { return kept_; }

private:
    call& call_;
    kept_type kept_;
};

} // namespace tug::service
