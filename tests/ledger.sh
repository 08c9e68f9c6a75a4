# Writes numbers one after the other and notes those that the database has confirmed. A number without an answer is not written twice.
set -u
info=$1
export PGPASSWORD=Uphill-Gardens-41
number=$(($(tail -n 1 /root/confirmed 2>/dev/null || echo 0) + 0))
psql -wXqc "CREATE TABLE IF NOT EXISTS ledger (number bigint PRIMARY KEY)" "$info"
number=$(psql -wXAtqc "SELECT coalesce(max(number), 0) FROM ledger" "$info")
while :; do
    number=$((number + 1))
    # A write that was only confirmed here, because its wait for a replica was cut short, is no confirmed write.
    answer=$(psql -wXAtqc "INSERT INTO ledger VALUES ($number) RETURNING number" "$info" 2>/root/said) || continue
    if [ "$answer" = "$number" ] && [ ! -s /root/said ]; then echo "$number" >> /root/confirmed; fi
done
