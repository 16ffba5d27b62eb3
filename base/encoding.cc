#include "base/encoding.h"
