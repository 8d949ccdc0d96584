#pragma once

// All of the SDK.

#include <tug/address.hpp>
#include <tug/bytes.hpp>
#include <tug/chunk.hpp>
#include <tug/client.hpp>
#include <tug/command.hpp>
#include <tug/connect_options.hpp>
#include <tug/credentials.hpp>
#include <tug/digest_kind.hpp>
#include <tug/discover.hpp>
#include <tug/error.hpp>
#include <tug/error_table.hpp>
#include <tug/exec_result.hpp>
#include <tug/file_content.hpp>
#include <tug/files.hpp>
#include <tug/job_info.hpp>
#include <tug/jobs.hpp>
#include <tug/local_target.hpp>
#include <tug/permission.hpp>
#include <tug/pool.hpp>
#include <tug/pool_options.hpp>
#include <tug/process.hpp>
#include <tug/resource_limits.hpp>
#include <tug/run_options.hpp>
#include <tug/server_info.hpp>
#include <tug/signals.hpp>
#include <tug/stream_call.hpp>
#include <tug/streams.hpp>
#include <tug/terminal.hpp>
#include <tug/time_limit.hpp>
#include <tug/tls_options.hpp>
#include <tug/transfer.hpp>
#include <tug/trees.hpp>
#include <tug/tunnel.hpp>
#include <tug/watch.hpp>
