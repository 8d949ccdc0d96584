#pragma once

#include <cstddef>
#include <cstdint>

namespace tug::proto {

/// The protocol version that this code speaks; a client refuses any other.
inline constexpr int protocol_version = 1;

/// The largest integer of the wire: 2^53-1, what every JSON implementation keeps exactly.
inline constexpr std::uint64_t max_integer = (std::uint64_t{1} << 53) - 1;

/// A path, in bytes.
inline constexpr std::size_t max_path = 4095;

/// The longest time that a call may be given.
inline constexpr std::uint64_t max_timeout_ms = 86'400'000;

/// JSON may be nested this deep; the envelope is level 1.
inline constexpr std::size_t max_depth = 16;

/// The sizes of one connection, in bytes where not said otherwise; what `rpc.hello` announces as `limits`.
struct limits {
    std::uint32_t envelope = 1'048'576; ///< Largest envelope of a frame.
    std::uint32_t body = 1'048'576;     ///< Largest body of a frame.
    std::uint64_t window = 1'048'576;   ///< Credit that every stream starts with.
    std::uint32_t in_flight = 64;       ///< Bulk calls at once; see call_class.
    std::uint32_t long_in_flight = 256; ///< Long-lived calls at once.

    friend bool operator==(const limits&, const limits&) = default;
};

/// The largest sizes that a client accepts from rpc.hello: a server decides about memory of its clients up to here.
inline constexpr std::uint32_t max_envelope = 1024 * 1024;
inline constexpr std::uint32_t max_body = 64 * 1024 * 1024;
inline constexpr std::uint64_t max_window = 64 * 1024 * 1024;

/// The windows of a connection's inbound streams grow only while all of them are together within this.
inline constexpr std::uint64_t connection_credit = 64 * 1024 * 1024;

/// Short-lived calls at once; not announced, because a client has no need to hold them back.
inline constexpr std::uint32_t short_in_flight = 256;

/// What `long_in_flight` is of a server that does not say it.
inline constexpr std::uint32_t unsaid_long_in_flight = 64;

/// What stands in the place of `limits` until login: who has not logged in costs no memory.
inline constexpr std::uint32_t login_envelope_limit = 4'096;
inline constexpr std::uint32_t login_body_limit = 0;

/// Body bytes are handed over in pieces of at most this size: large enough that the system call is cheap, small enough
/// to be hashed while hot in cache.
inline constexpr std::size_t piece_size = 256 * 1024;

/// Texts that repeat what the peer sent are cut to these sizes, in bytes.
inline constexpr std::size_t max_field_text = 256;
inline constexpr std::size_t max_message_text = 512;

} // namespace tug::proto
