#pragma once

#include "tug/service/call.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <bitset>
#include <csignal>
#include <cstddef>

namespace tug::service {

using signal_set = std::bitset<_NSIG>;

/// Takes the signals for a command that is being started. It gets them once it runs, each kind once.
class early_signals {
public:
    explicit early_signals(call& c) : call_(c) {
        call_.on_signal = [this](int number) -> answer {
            kept_.set(static_cast<std::size_t>(number));
            return boost::json::value(boost::json::object());
        };
    }

    early_signals(const early_signals&) = delete;
    early_signals& operator=(const early_signals&) = delete;

    ~early_signals() { call_.on_signal = nullptr; }

    [[nodiscard]] const signal_set& kept() const noexcept { return kept_; }

private:
    call& call_;
    signal_set kept_;
};

} // namespace tug::service
