#pragma once

#include <tug/job_info.hpp>
#include <tug/proto/job_messages.hpp>

namespace tug::detail {

[[nodiscard]] job_info from_wire(proto::job_info said);
[[nodiscard]] proto::job_attach_params to_wire(const attach_options& how, std::string name);

} // namespace tug::detail
