#pragma once

#include "tug/service/call.hpp"
#include "tug/service/log.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tug::service {

/// The line that the log has of a call once it is answered: who called what, on which file or program, how it ended,
/// how many bytes its streams carried and how long it took. Neither bodies nor arguments nor environments are in it.
class audit_line {
public:
    audit_line(std::string_view method, const boost::json::object& params);

    void write(const log& to, const caller& who, const answer& outcome, std::uint64_t bytes) const;

private:
    std::string method_;
    std::string subject_; ///< The path, or argv[0]; empty where there is neither.
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace tug::service
