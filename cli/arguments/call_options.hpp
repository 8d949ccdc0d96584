#pragma once

#include "options.hpp"

#include <tug/jobs.hpp>
#include <tug/transfer.hpp>
#include <tug/trees.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace tug::cli {

// What the command line says of a call, as the SDK takes it: the same for one host and for many.

[[nodiscard]] put_options put_options_of(const options& o);
[[nodiscard]] get_options get_options_of(const options& o);
/// `host`: where the other side of a sync is, as settings_for() takes it.
[[nodiscard]] tree_options tree_options_of(const options& o, std::string_view host = {});
[[nodiscard]] job_options job_options_of(const job_flags& o);

/// The name that a directory has by itself: also that of "." and "dir/". Throws usage_error for the root.
[[nodiscard]] std::string directory_name(const std::string& local);

/// What --json says of a tree that was carried over.
[[nodiscard]] boost::json::object json_of(const tree_summary& done, const std::string& path);

} // namespace tug::cli
