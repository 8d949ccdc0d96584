#pragma once

#include <tug/credentials.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace tug {

/// How to connect. A value with chained setters: `tug::connect_options().deadline(3s).with(credentials)`.
class connect_options {
public:
    connect_options() = default;

    /// For all of resolving, connecting and logging in. Default 10 s.
    connect_options& deadline(std::chrono::milliseconds limit) {
        deadline_ = limit;
        return *this;
    }

    /// Logs in with this key, and refuses a server that cannot prove that it has the key too.
    connect_options& with(tug::credentials who) {
        credentials_ = std::move(who);
        return *this;
    }

    /// How long a call without streams (ping, discover, call, signal) may stay without answer. Default 60 s. Commands
    /// and transfers have a limit of their own, which is none unless it is set.
    connect_options& answer_within(std::chrono::milliseconds limit) {
        answer_within_ = limit;
        return *this;
    }

    [[nodiscard]] std::chrono::milliseconds deadline() const noexcept { return deadline_; }

    [[nodiscard]] std::chrono::milliseconds answer_within() const noexcept { return answer_within_; }

    [[nodiscard]] const std::optional<tug::credentials>& credentials() const noexcept { return credentials_; }

private:
    std::chrono::milliseconds deadline_{10'000};
    std::chrono::milliseconds answer_within_{60'000};
    std::optional<tug::credentials> credentials_;
};

} // namespace tug
