#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tug::cli {

class option_set;

/// What put and get, cp and sync are told about how bytes go over.
struct transfer_flags {
    unsigned retries = 5;
    std::optional<std::string> if_match; ///< put: a digest, or "absent".
    bool if_changed = false;
    bool delta = false;
    std::optional<std::uint64_t> limit_rate; ///< Bytes a second.
    std::string compress;                    ///< The level; empty: not at all.
};

/// Those that cp and sync have.
void add_carrying_flags(option_set& set, transfer_flags& o);

/// Has put_options, get_options or tree_options compress what goes over, where that was asked for.
template <class Options>
void take_compression(Options& how, const transfer_flags& o) {
    if (!o.compress.empty()) how.compress(static_cast<std::uint32_t>(std::stoul(o.compress)));
}

/// All of them, for put and get.
void add_transfer_flags(option_set& set, transfer_flags& o, bool put);

/// A number of bytes, alone or with K, M or G (1024 each) behind it, also 1.5M. Nothing where it is none, or less than
/// 1.
[[nodiscard]] std::optional<std::uint64_t> size_of_text(const std::string& text);

} // namespace tug::cli
