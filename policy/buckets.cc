#include "policy/buckets.h"
