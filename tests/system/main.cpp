#define BOOST_TEST_MODULE tug_system
#include <boost/test/unit_test.hpp>
