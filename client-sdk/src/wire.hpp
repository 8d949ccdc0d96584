#pragma once

#include <tug/command.hpp>
#include <tug/streams.hpp>
#include <tug/transfer.hpp>

#include <tug/proto/exec_messages.hpp>
#include <tug/proto/file_messages.hpp>
#include <tug/proto/stream.hpp>

#include <string>
#include <vector>

namespace tug::detail {

// What the SDK shows, as what crosses the wire, and back: its headers have types of their own, so that an application
// neither sees nor depends on the messages of the protocol.

/// All but command::input() and collect_at_most(), which are no params.
[[nodiscard]] proto::resource_limits to_wire(const resource_limits& set);
[[nodiscard]] proto::exec_params to_wire(command::settings_type set);
[[nodiscard]] proto::put_params to_wire(const put_options::settings_type& set, std::string path);
[[nodiscard]] proto::get_params to_wire(const get_options::settings_type& set, std::string path);
[[nodiscard]] std::vector<proto::stream_spec> to_wire(const streams& which);

/// Without the output.
[[nodiscard]] exec_result from_wire(proto::exec_result said);
[[nodiscard]] put_result from_wire(proto::put_result said);
[[nodiscard]] get_result from_wire(proto::get_result said);

} // namespace tug::detail
