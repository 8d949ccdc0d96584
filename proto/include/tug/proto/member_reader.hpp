#pragma once

#include "tug/proto/error.hpp"
#include "tug/proto/limits.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

/// Reads the members of a params or result object strictly. The first thing that is wrong is kept and named by
/// finish(); members are then read no further, so that a reader is written as a list of what may stand there.
class member_reader {
public:
    explicit member_reader(const boost::json::object& from) : from_(from) {}

    /// Null where the member is absent (or something is wrong already). Marks it as known.
    const boost::json::value* any(std::string_view name);

    /// Strings are without NUL. A view lives as long as the object does.
    std::optional<std::string_view> view(std::string_view name);
    std::optional<std::string> text(std::string_view name);
    std::optional<bool> flag(std::string_view name);
    /// An integer lowest … highest, written as one.
    std::optional<std::uint64_t> count(std::string_view name, std::uint64_t lowest = 0,
                                       std::uint64_t highest = max_integer);
    std::optional<std::int64_t> signed_integer(std::string_view name);
    const boost::json::object* object(std::string_view name);
    /// Bytes without NUL, as a string or as base64; see bytes.hpp.
    std::optional<std::string> bytes(std::string_view name);
    /// 1 to `most` of them.
    std::optional<std::vector<std::string>> byte_strings(std::string_view name, std::size_t most);

    template <class T>
    T required(std::string_view name, std::optional<T> value) {
        if (!value) fail(name, "is missing");
        return value ? std::move(*value) : T();
    }

    /// Records that a member is wrong; the first one counts.
    void fail(std::string_view name, std::string_view why);

    [[nodiscard]] bool failed() const noexcept { return wrong_.has_value(); }

    /// For params: a member that was not asked for is wrong too.
    [[nodiscard]] std::optional<failure> finish();

    /// For results, where later versions of the peer may say more.
    [[nodiscard]] std::optional<failure> finish_lenient() const { return wrong_; }

private:
    /// Methods with more params than this cost an allocation.
    static constexpr std::size_t few = 24;

    const boost::json::object& from_;
    std::size_t seen_ = 0;
    boost::container::small_vector<std::string_view, few> known_; ///< Names that were asked for.
    std::optional<failure> wrong_;
};

} // namespace tug::proto
