#pragma once

#include "tug/proto/job_messages.hpp"
#include "tug/proto/member_kinds.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tug::proto {

/// As the name of a job.
struct token_kind : text_kind {
    [[nodiscard]] std::optional<std::string> read(member_reader& in, std::string_view name) const {
        auto text = in.text(name);
        if (text && !is_job_name(*text)) in.fail(name, "is not 1 to 64 of A-Z a-z 0-9 . _ -, or begins with a dot");
        return text;
    }

    [[nodiscard]] boost::json::object schema() const {
        return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"}};
    }
};

} // namespace tug::proto
