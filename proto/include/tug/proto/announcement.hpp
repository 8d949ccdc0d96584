#pragma once

#include "tug/proto/auth.hpp"
#include "tug/proto/described.hpp"
#include "tug/proto/envelope.hpp"
#include "tug/proto/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace tug::proto {

// Who is there: a query and its answers without a connection, each a datagram that holds one frame; see PROTOCOL.md,
// "Announcements". Bytes that are no such datagram are not answered, so none of this has errors.

/// Where the queries go.
inline constexpr std::string_view announce_group_v4 = "239.255.88.40";
inline constexpr std::string_view announce_group_v6 = "ff12::8840";
inline constexpr std::uint16_t announce_port = 8840;

/// The size of a query, which is padded to it, and the most that an answer has: no answer is larger than what it
/// answers. One datagram of Ethernet, and of every IPv6 network.
inline constexpr std::size_t announce_size = 1'200;

/// What a server says of itself.
struct announcement : described_result<announcement> {
    std::string server;   ///< Name and version.
    std::string name;     ///< Of its host.
    std::string instance; ///< Of this run of the server: its answers over several networks are one server's.
    std::uint64_t port = 0;
    bool tls = false;

    friend bool operator==(const announcement& a, const announcement& b) {
        return std::tie(a.server, a.name, a.instance, a.port, a.tls) ==
               std::tie(b.server, b.name, b.instance, b.port, b.tls);
    }
};

/// A query, as it was written or read.
struct announce_query {
    call_id id;           ///< A nonce, in base64.
    std::string key;      ///< The key that it is signed with; empty: none.
    std::string envelope; ///< Its bytes.
    proof signature{};    ///< Where there is a key.
};

/// The query of a client. `random` must be new for each.
[[nodiscard]] announce_query make_query(const nonce& random, const std::string& key_id, const secret_key* key);
[[nodiscard]] std::string datagram_of(const announce_query& query);

/// Nothing where the datagram is no query. Its signature is not looked at.
[[nodiscard]] std::optional<announce_query> read_query(json_reader& reader, std::span<const std::byte> datagram);

[[nodiscard]] bool is_signed_by(const announce_query& query, const secret_key& key);

/// The datagram of an answer, signed where there is a key. Empty where it would be larger than a query.
[[nodiscard]] std::string make_answer(const announce_query& to, const announcement& said, const secret_key* key);

struct announce_answer {
    announcement said;
    bool is_signed = false; ///< By the holder of the key, for this very query.
};

/// Nothing where the datagram is no answer to that query. One whose signature is wrong is as one without.
[[nodiscard]] std::optional<announce_answer> read_answer(json_reader& reader, std::span<const std::byte> datagram,
                                                         const announce_query& query, const secret_key* key);

} // namespace tug::proto
