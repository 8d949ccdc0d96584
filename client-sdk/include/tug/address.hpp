#pragma once

#include <tug/net/address.hpp>

#include <string>
#include <utility>
#include <variant>

namespace tug {

/// Where a tugd listens. `tug::address::parse("host:8840")`, "unix:/run/tug.sock", "tug://host", "[::1]:8840".
using address = net::address;

/// What client::connect() takes: an address, or the text of one, which is parsed there.
class destination {
public:
    destination(tug::address to) : to_(std::move(to)) {} // NOLINT(google-explicit-constructor)

    destination(std::string text) : to_(std::move(text)) {} // NOLINT(google-explicit-constructor)

    destination(const char* text) : to_(std::string(text)) {} // NOLINT(google-explicit-constructor)

    /// The address; bad_address where the text is none.
    [[nodiscard]] proto::result<tug::address> parse() const {
        if (const auto* text = std::get_if<std::string>(&to_)) return tug::address::parse(*text);
        return std::get<tug::address>(to_);
    }

private:
    std::variant<tug::address, std::string> to_;
};

} // namespace tug
