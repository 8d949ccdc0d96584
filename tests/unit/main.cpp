#define BOOST_TEST_MODULE tug_unit
#include <boost/test/unit_test.hpp>
