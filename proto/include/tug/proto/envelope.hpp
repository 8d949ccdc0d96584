#pragma once

#include "tug/proto/error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug::proto {

/// The id of a request: an integer 0 … 2^53-1 or a string of 1 … 64 bytes. It is echoed with its type.
class call_id {
public:
    call_id() = default;

    explicit call_id(std::uint64_t number) : number_(number) {}

    explicit call_id(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}

    /// Nothing where `v` is no valid id: wrong type or range, an empty or long string, one with a NUL.
    [[nodiscard]] static std::optional<call_id> from(const boost::json::value& v);

    [[nodiscard]] boost::json::value to_json(boost::json::storage_ptr memory = {}) const;

    /// The JSON text of the id, at the end of `out`.
    void append_to(std::string& out) const;

    /// Nothing where the id is a text.
    [[nodiscard]] std::optional<std::uint64_t> number() const noexcept {
        return text_ ? std::nullopt : std::optional(number_);
    }

    /// Both are numbers, and this is the next one.
    [[nodiscard]] bool follows(const call_id& other) const noexcept {
        return !text_ && !other.text_ && number_ == other.number_ + 1;
    }

    /// Numbers come before texts.
    friend std::strong_ordering operator<=>(const call_id& a, const call_id& b) noexcept {
        if (a.text_ && b.text_) return *a.text_ <=> *b.text_;
        if (a.text_ || b.text_) return a.text_ ? std::strong_ordering::greater : std::strong_ordering::less;
        return a.number_ <=> b.number_;
    }

    friend bool operator==(const call_id& a, const call_id& b) noexcept { return (a <=> b) == 0; }

private:
    // Hot: most ids are numbers, and are copied and destroyed a few times a call. A variant does both by a call through
    // a table.
    std::uint64_t number_ = 0;
    std::shared_ptr<const std::string> text_; ///< Null: it is the number.
};

/// A message that has the shape of JSON-RPC 2.0. Views and pointers reach into the parsed value.
struct message {
    enum class type { request, notification, response };

    type kind = type::notification;
    call_id id;                                 ///< Of requests and responses.
    bool id_is_null = false;                    ///< A response to nothing in particular: an error of the connection.
    std::string_view method;                    ///< Of requests and notifications.
    const boost::json::value* params = nullptr; ///< Null where absent.
    const boost::json::value* meta = nullptr;   ///< Beside params, of requests; null where absent.
    const boost::json::value* result = nullptr; ///< Of a response that succeeded.
    const boost::json::value* error = nullptr;  ///< Of a response that failed.
};

/// Why an envelope is no message, and the id of the request that it would have been, if it has a valid one.
struct bad_message {
    failure why;
    std::optional<call_id> id;
};

/// Tells what the parsed envelope is. Unknown members are ignored.
[[nodiscard]] boost::system::result<message, bad_message> classify(const boost::json::value& envelope);

[[noreturn]] void throw_exception_from_error(const bad_message& bad, const boost::source_location& where);

/// The envelopes that tug sends, as JSON text at the end of `out`.
void append_request(std::string& out, const call_id& id, std::string_view method, const boost::json::object& params,
                    const boost::json::object& meta = {});
void append_notification(std::string& out, std::string_view method, const boost::json::object& params);
void append_result(std::string& out, const call_id& id, const boost::json::value& result);

/// An error response; `id` absent is null on the wire, `about` is `data.call`. Texts are cut to the limits of
/// PROTOCOL.md, at a character boundary.
void append_error(std::string& out, const std::optional<call_id>& id, const failure& why,
                  const std::optional<call_id>& about = std::nullopt);

/// `rpc.data`, `rpc.credit`, `rpc.stop` and `rpc.cancel`, written without building a value: they are the hot ones.
/// `offset` is the position of the first byte of the body, where that is said; `packed`, where it is not 0, how many
/// bytes the compressed body holds.
void append_data(std::string& out, const call_id& call, std::string_view stream,
                 std::optional<std::uint64_t> offset = std::nullopt, std::uint32_t packed = 0);
void append_eof(std::string& out, const call_id& call, std::string_view stream, std::string_view digest = {},
                std::optional<std::uint64_t> offset = std::nullopt);
void append_credit(std::string& out, const call_id& call, std::string_view stream, std::uint64_t bytes,
                   std::optional<std::uint64_t> offset = std::nullopt);
void append_stop(std::string& out, const call_id& call, std::string_view stream);
void append_cancel(std::string& out, const call_id& call);

/// The failure in the `error` member of a response: from a peer, so nothing in it is taken for granted.
[[nodiscard]] failure decode_error(const boost::json::value& error);

/// A prefix of `text` of at most `limit` bytes that ends between two characters of UTF-8.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t limit) noexcept;

} // namespace tug::proto
