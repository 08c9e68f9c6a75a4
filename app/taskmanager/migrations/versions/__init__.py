"""One file per migration. What has been released is never edited."""
