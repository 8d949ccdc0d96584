#include "tug/proto/json_reader.hpp"

#include "tug/proto/limits.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <cmath>
#include <optional>

namespace tug::proto {

namespace json = boost::json;

namespace {

/// Builds values as json::parser does, and besides counts the members it was given: an object keeps only the last of
/// two members of one name, so fewer members in the value than in the text means a duplicate.
struct counting_handler {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    json::value_stack stack;
    std::size_t members = 0;

    using error_code = boost::system::error_code;

    bool on_document_begin(error_code&) { return true; }

    bool on_document_end(error_code&) { return true; }

    bool on_object_begin(error_code&) { return true; }

    bool on_object_end(std::size_t n, error_code&) {
        stack.push_object(n);
        return true;
    }

    bool on_array_begin(error_code&) { return true; }

    bool on_array_end(std::size_t n, error_code&) {
        stack.push_array(n);
        return true;
    }

    bool on_key_part(json::string_view s, std::size_t, error_code&) {
        stack.push_chars(s);
        return true;
    }

    bool on_key(json::string_view s, std::size_t, error_code&) {
        stack.push_key(s);
        ++members;
        return true;
    }

    bool on_string_part(json::string_view s, std::size_t, error_code&) {
        stack.push_chars(s);
        return true;
    }

    bool on_string(json::string_view s, std::size_t, error_code&) {
        stack.push_string(s);
        return true;
    }

    bool on_number_part(json::string_view, error_code&) { return true; }

    bool on_int64(std::int64_t i, json::string_view text, error_code&) {
        // PROTOCOL.md refuses -0 as an integer: a double is none.
        if (i == 0 && text.starts_with('-'))
            stack.push_double(-0.0);
        else
            stack.push_int64(i);
        return true;
    }

    bool on_uint64(std::uint64_t u, json::string_view, error_code&) {
        stack.push_uint64(u);
        return true;
    }

    bool on_double(double d, json::string_view text, error_code&) {
        // Boost.JSON 1.81 makes 0e400 of 0 and an infinite power of ten, which is no number and cannot be written.
        stack.push_double(std::isnan(d) ? (text.starts_with('-') ? -0.0 : 0.0) : d);
        return true;
    }

    bool on_bool(bool b, error_code&) {
        stack.push_bool(b);
        return true;
    }

    bool on_null(error_code&) {
        stack.push_null();
        return true;
    }

    bool on_comment_part(json::string_view, error_code&) { return true; }

    bool on_comment(json::string_view, error_code&) { return true; }
};

/// Hot: what is neither object nor array costs no call.
std::size_t count_members(const json::value& v) {
    std::size_t n = 0;
    const auto add = [&n](const json::value& part) {
        if (part.is_structured()) n += count_members(part);
    };
    if (const auto* o = v.if_object()) {
        n = o->size();
        for (const auto& member : *o) add(member.value());
    } else if (const auto* a = v.if_array()) {
        for (const auto& item : *a) add(item);
    }
    return n;
}

json::parse_options strict() {
    json::parse_options options;
    options.max_depth = max_depth;
    return options;
}

} // namespace

struct json_reader::impl {
    /// Holds the value of a small envelope; larger ones go on to the heap and are given back at the next parse.
    std::array<unsigned char, 16 * 1024> arena;
    std::optional<json::monotonic_resource> memory;
    std::optional<json::value> value;
    json::basic_parser<counting_handler> parser{strict()};
};

json_reader::json_reader() : impl_(std::make_unique<impl>()) {}

json_reader::~json_reader() {
    impl_->value.reset();
}

result<const json::value*> json_reader::parse(std::string_view text) {
    auto& p = *impl_;
    p.value.reset();
    p.parser.reset();
    p.memory.emplace(p.arena.data(), p.arena.size());
    auto& handler = p.parser.handler();
    handler.members = 0;
    handler.stack.reset(json::storage_ptr(&*p.memory));
    boost::system::error_code ec;
    const auto used = p.parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = json::error::extra_data;
    if (ec) {
        handler.stack.reset();
        return failure(errc::parse_error,
                       "the envelope is no JSON text: " + ec.message() + " at byte " + std::to_string(used));
    }
    p.value.emplace(handler.stack.release());
    if (count_members(*p.value) != handler.members)
        return failure(errc::invalid_request, "an object of the envelope has a member twice");
    return &*p.value;
}

} // namespace tug::proto
