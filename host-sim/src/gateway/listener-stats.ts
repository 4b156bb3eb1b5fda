/** What does the listener count? Names are those of Envoy's `http.<stat_prefix>.…` statistics. */
export class ListenerStats {
  downstream_cx_total = 0;
  downstream_cx_active = 0;
  downstream_rq_total = 0;
  downstream_rq_active = 0;
  downstream_rq_rx_reset = 0;
  downstream_rq_1xx = 0;
  downstream_rq_2xx = 0;
  downstream_rq_3xx = 0;
  downstream_rq_4xx = 0;
  downstream_rq_5xx = 0;

  countStatus(status: number): void {
    if (status < 200) this.downstream_rq_1xx++;
    else if (status < 300) this.downstream_rq_2xx++;
    else if (status < 400) this.downstream_rq_3xx++;
    else if (status < 500) this.downstream_rq_4xx++;
    else this.downstream_rq_5xx++;
  }

  /** Of several listeners. */
  add(other: ListenerStats): void {
    for (const key of Object.keys(this) as CounterName[]) this[key] += other[key];
  }
}

type CounterName = Exclude<keyof ListenerStats, "add" | "countStatus">;
