#include "file_threads.hpp"

#include <boost/asio/query.hpp>

namespace tug::detail {

boost::asio::execution_context::id file_threads::id;

net::blocking_pool& file_threads::of(const boost::asio::any_io_executor& executor) {
    auto& context = boost::asio::query(executor, boost::asio::execution::context);
    return boost::asio::use_service<file_threads>(context).pool();
}

} // namespace tug::detail
