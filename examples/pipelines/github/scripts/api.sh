# shellcheck shell=sh
# Functions for GitHub's API, for other scripts to read in.

# api METHOD PATH [FILE]: a request, with the JSON in FILE. The token is in no list of processes.
api() {
  printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN" |
    curl --fail-with-body --silent --show-error --request "$1" --header @- \
      --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
      ${3:+--data-binary "@$3"} "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$2"
}

# first PATH FILTER: what the filter gives of the first entry that it gives something of, page by page.
first() {
  page=1
  while :; do
    entries=$(api GET "$1?per_page=100&page=$page${3:-}")
    found=$(printf '%s' "$entries" | jq -r "[.[] | $2][0] // empty")
    if [ -n "$found" ] || [ "$(printf '%s' "$entries" | jq length)" -lt 100 ]; then
      printf '%s' "$found"
      return
    fi
    page=$((page + 1))
  done
}
