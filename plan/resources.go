package plan

// resources are the kinds of resources that plans are made of. Where the needs
// of stages leave a choice, what stands here first is planned first.
var resources = []*resource{
	&hostsResource,
	&namespaceResource,
	&nameResource,
	&neighbourResource,
	&sysctlResource,
	&loopbackResource,
	&interfaceResource,
	&bridgeResource,
	&addressResource,
	&linkResource,
	&portResource,
	&vlanResource,
	&foreignLinkResource,
	&routeResource,
	&ruleResource,
	&attributeResource,
	&kernelRouteResource,
	&qdiscResource,
	&limitsResource,
	&processResource,
	&execResource,
}
