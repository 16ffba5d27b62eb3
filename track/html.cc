#include "track/html.h"
