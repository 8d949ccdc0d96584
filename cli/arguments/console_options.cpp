#include "console_options.hpp"

#include "option_set.hpp"

namespace tug::cli {

void add_console(option_set& set, console_options& o) {
    set.own_value("--listen-port", o.port, "the port of 127.0.0.1 that serves it (any)")
        ->type_name("PORT")
        ->transform(whole_number(0, 65'535));
    set.own_flag("--no-open", o.no_open,
                 "only print the address; without it a browser is opened where there is a display");
}

void add_mcp(option_set& set, mcp_options& o) {
    set.own_list("--allow-local", o.allow_local,
                 "a directory of this machine that tools may read and write (repeatable)")
        ->type_name("DIR");
}

} // namespace tug::cli
