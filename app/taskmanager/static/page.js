/** The pages around the boards: the theme, forms that talk to the API, dates as the browser tells them. */

import * as theme from "./theme.js";

theme.install();
